"""The editor: four cards, each a form that saves; who gets what and the checks beside them."""
