"""Pixel and link: stores an event before it answers, outside Django."""
