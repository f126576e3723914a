"""What is deleted when: payloads, ways to answer, files and records that were kept for long enough."""
