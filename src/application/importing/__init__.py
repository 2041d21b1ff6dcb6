"""Importing: from the files of a source to what is committed of them; how an import is run, followed and repeated."""
