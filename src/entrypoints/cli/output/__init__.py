"""What commands tell, in words or as data, on stdout or into a file."""
