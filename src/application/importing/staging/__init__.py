"""In a worker: from the files of a unit to parts that wait for the commit."""
