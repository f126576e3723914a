"""What stands written on photos: an engine in a process of its own, and what a camera's watermark says."""
