"""What commands are asked: options and the kinds of their values, feeds, and rejects."""
