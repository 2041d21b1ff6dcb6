"""Work that is handed to the server which has the lake."""
