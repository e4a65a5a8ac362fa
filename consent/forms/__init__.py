"""What a person is asked: the standard form or an account's own, in immutable text versions."""
