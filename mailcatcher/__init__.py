"""The far end of the demo and of tests: takes every mail, delivers none, shows them on a page.

Read in this order: mails (what is kept), behaving (how it can be told to fail), smtp, answering
(pages and JSON), serving (HTTP), __main__.
"""
