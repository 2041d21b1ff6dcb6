"""A lake in the memory of the server that owns it: which parts there are, and the moments in them."""
