package io.holdfast.inventory.adapter.quarkus;

import io.holdfast.inventory.host.Agents;
import io.holdfast.inventory.host.HostAnnouncements;
import io.holdfast.inventory.host.HostBook;
import io.holdfast.inventory.host.Hosts;
import io.holdfast.inventory.site.SiteBook;
import io.holdfast.inventory.site.Sites;
import io.holdfast.inventory.vm.VmAnnouncements;
import io.holdfast.inventory.vm.VmBook;
import io.holdfast.inventory.vm.Vms;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;

/** Joins the features with their adapters; the features know neither. */
@Singleton
public class Beans {
    @Produces
    @Singleton
    Clock clock() {
        return Clock.systemUTC();
    }

    @Produces
    @Singleton
    SiteBook sites(Sites sites) {
        return new SiteBook(sites);
    }

    @Produces
    @Singleton
    HostBook hosts(Hosts hosts, Agents agents, SiteBook sites, HostAnnouncements announcements) {
        return new HostBook(hosts, agents, sites, announcements);
    }

    @Produces
    @Singleton
    VmBook vms(
            Vms vms,
            Hosts hosts,
            Agents agents,
            VmAnnouncements announcements,
            Clock clock,
            InventorySettings settings) {
        var limits = new VmBook.Limits(settings.commandLifetime(), settings.maxVms());
        return new VmBook(vms, hosts, agents, announcements, clock, limits);
    }
}
