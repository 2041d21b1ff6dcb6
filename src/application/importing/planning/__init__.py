"""What is to be read: which files a source has, which of them are new, and which go together."""
