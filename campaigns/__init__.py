"""What we write, and to whom it went.

Read: recipients (states), composing (the newsletter), launching (review, launch, prepare, wait),
sending (lease, load, hand over, mark), results (the numbers the lists show).
"""
