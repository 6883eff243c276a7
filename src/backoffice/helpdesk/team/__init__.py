"""The team: admins and agents, their department, capacity and availability (contract, "Admin User Management APIs").

Permissions: team:manage; admins:manage for whoever manages admins; availability:set for one's own.
Audited: member.created, member.updated, member.deactivated, member.activated, member.availability_set; a one-time
password as staff.password_reset and a role given on the command line as staff.membership_granted.
"""
