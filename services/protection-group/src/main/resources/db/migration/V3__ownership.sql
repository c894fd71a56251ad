-- Which place may run a VM. Outlives the groups of the VM: an agent that comes back late must still hear it, and the epoch never goes down.
create table vm_ownership (
    vm_id     uuid   primary key,
    epoch     bigint not null,
    ownership text   not null
);
