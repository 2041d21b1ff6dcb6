"""Layers around a lake: each changes one thing and passes everything else on."""
