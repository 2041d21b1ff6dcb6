"""Imports over HTTP: what they are asked with, from which folders, how they run, and what is told of them."""
