"""Taking records apart: three decoders that give the same, the quickest compiled."""
