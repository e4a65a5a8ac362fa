"""What must be on the machine before anything runs; each step is skipped while it holds.

Read stamps, then python_env, browser_files, chromium (tests only), pinning (`make lock`).
"""
