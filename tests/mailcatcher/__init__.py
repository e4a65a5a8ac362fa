"""Tests of the mail catcher."""
