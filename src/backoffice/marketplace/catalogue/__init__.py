"""Services: what vendors offer and customers book. The platform brings them; staff read.

Permissions: services:list, services:view; scope catalogue:write. Audited: service.created.
"""
