"""The contacts list: what a URL asks for, finding and counting those people, what pages show.

Read filters, search, counting, listing, then list_page.
"""
