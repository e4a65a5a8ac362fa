"""Settings > Measuring: retention, small groups, UTM, own host, and whether measuring is well.

forms, saving (with its audit lines), checking (the host by DNS), showing (how well it is), views.
"""
