"""Services: what vendors offer and customers book. The platform brings them; staff read.

Scope catalogue:write. Audited: service.created.
"""
