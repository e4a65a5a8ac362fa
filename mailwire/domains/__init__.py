"""What a domain publishes for mail, looked up and read: SPF, DKIM, DMARC, and where names lead.

Read in order: asking (the DNS), spf, dmarc, published (the records we ask an owner for). No Django.
A name server that does not answer is never a fault of the domain: "could not be checked".
"""
