"""The message archive of the pretend platform: a stand-in for its C library, and the folder that feeds it."""
