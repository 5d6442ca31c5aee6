-- Registered devices and the practice's networks are records of the directory. A device is found by its browser's cookie, whose
-- hash its sessions carry.

CREATE INDEX session_device ON session (device, ended_at);
