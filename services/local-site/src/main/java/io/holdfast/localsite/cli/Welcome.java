package io.holdfast.localsite.cli;

import io.holdfast.localsite.LocalSite;
import io.holdfast.localsite.identity.PrivateFiles;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.plan.Port;
import java.io.PrintWriter;

/** What is printed when a site is ready: where it is and how to use it. */
final class Welcome {
    private Welcome() {}

    static void print(LocalSite site, PrintWriter out) {
        out.println();
        out.println("  address   " + site.address());
        if (site.has(Part.REPLICATION_AGENT)) {
            out.println("  disks     nbd://127.0.0.1:%d/<export>, images in %s"
                    .formatted(site.port(Port.AGENT_NBD), site.directory().disks()));
        }
        if (site.has(Part.JOURNAL_STORE)) {
            out.println("  recovery  nbd://127.0.0.1:%d/<pg>/<volume>@<point>".formatted(site.port(Port.JOURNAL_NBD)));
        }
        out.println("  logs      " + site.directory().log(Part.KAFKA).getParent());
        out.println("  token     (admin, 24 h; also in %s)"
                .formatted(site.directory().adminToken()));
        out.println();
        out.println(PrivateFiles.read(site.directory().adminToken()));
        out.println();
        out.println("  Try:   curl -H \"Authorization: Bearer $(cat %s)\" %s/api/v1/hosts"
                .formatted(site.directory().adminToken(), site.address()));
        out.println("  Stop:  Ctrl-C, or local-site down --directory "
                + site.directory().root());
        out.flush();
    }
}
