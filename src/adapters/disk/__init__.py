"""What all that keeps something in a lake's folder shares: names, digests, refusals."""
