-- What a VM is besides its disks, and what a host can do for recovered machines: as their agents reported last, in JSON.
alter table vm
    add column machine text;
alter table host
    add column hosting text;
