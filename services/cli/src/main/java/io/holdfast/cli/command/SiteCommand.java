package io.holdfast.cli.command;

import io.holdfast.cli.site.Lookup;
import io.holdfast.cli.site.Site;
import picocli.CommandLine.Mixin;

/** A command that talks to one site. */
abstract class SiteCommand extends PrintingCommand {
    @Mixin
    ConnectionOptions connection;

    private Site site;

    @Override
    final void connect() {
        site = new Site(connection.address());
    }

    Site site() {
        return site;
    }

    Lookup lookup() {
        return new Lookup(site);
    }
}
