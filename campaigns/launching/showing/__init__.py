"""Pages of campaigns: the list, and Overview, Content, Settings and acts of one."""
