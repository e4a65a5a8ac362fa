"""What happened afterwards: requests for pixel and links, judged, folded and shown.

Read: endpoint (stores an event before it answers), judging (person, machine, proxy), folding
(events into counters), statistics (what the pages show), click_map (the same, drawn on the mail).
"""
