"""From the bytes of a file to whole records: what form it has, and where one record ends and the next begins."""
