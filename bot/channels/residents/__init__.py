"""What the doors share that ordinary WeChat users come to, where each message counts."""
