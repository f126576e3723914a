"""Acts by which a case turns out to be another than it was reported: heard words, and that it is urgent."""
