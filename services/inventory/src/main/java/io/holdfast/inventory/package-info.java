/** What exists: sites, hosts, agents, VMs and volumes, under identities that last (F1, F3, F12). */
package io.holdfast.inventory;
