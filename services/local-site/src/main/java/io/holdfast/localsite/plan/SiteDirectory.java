package io.holdfast.localsite.plan;

import io.holdfast.localsite.part.Part;
import java.nio.file.Path;

/**
 * Where a local site keeps what.
 *
 * <pre>
 *  lock, state.json              who runs here now
 *  identity/                     ids of the site, its host and its agent
 *  secrets/ tls/ tokens/ config/ private files, mode 0600
 *  kafka/ postgres/ journal/ agent/ disks/   data, kept between runs
 *  work/&lt;part&gt;/                  a part's working directory
 *  logs/&lt;part&gt;.log               bounded, rotated
 * </pre>
 */
public record SiteDirectory(Path root) {
    public SiteDirectory {
        root = root.toAbsolutePath().normalize();
    }

    public Path lock() {
        return root.resolve("lock");
    }

    public Path state() {
        return root.resolve("state.json");
    }

    public Path identity() {
        return root.resolve("identity");
    }

    public Path secrets() {
        return root.resolve("secrets");
    }

    public Path tls() {
        return root.resolve("tls");
    }

    public Path tokens() {
        return root.resolve("tokens");
    }

    public Path adminToken() {
        return tokens().resolve("admin.token");
    }

    public Path serviceToken(Part service) {
        return tokens().resolve(service.text() + ".token");
    }

    /** Lets its reader stop and kill parts of this site, and nothing else. */
    public Path controlToken() {
        return tokens().resolve("control.token");
    }

    /** A service's working directory; Quarkus reads {@code config/application.properties} below it. */
    public Path work(Part part) {
        return root.resolve("work").resolve(part.text());
    }

    public Path settings(Part service) {
        return work(service).resolve("config").resolve("application.properties");
    }

    public Path log(Part part) {
        return root.resolve("logs").resolve(part.text() + ".log");
    }

    /** What the local site itself prints when it runs in the background. */
    public Path ownLog() {
        return root.resolve("logs").resolve("local-site.log");
    }

    public Path kafka() {
        return root.resolve("kafka");
    }

    public Path postgres() {
        return root.resolve("postgres");
    }

    public Path journal() {
        return root.resolve("journal");
    }

    /** Where points are written as files. */
    public Path exports() {
        return root.resolve("exports");
    }

    public Path agent() {
        return root.resolve("agent");
    }

    /** The disk root that the agent has when none is named. */
    public Path disks() {
        return root.resolve("disks");
    }

    /** Images that replicas may be seeded from. */
    public Path seeds() {
        return root.resolve("seeds");
    }
}
