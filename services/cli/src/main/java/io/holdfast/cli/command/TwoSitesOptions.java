package io.holdfast.cli.command;

import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.failback.Sites;
import io.holdfast.cli.site.Site;
import io.holdfast.cli.site.SiteAddress;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which two sites, and as whom at each. */
final class TwoSitesOptions {
    @Option(
            names = "--home",
            paramLabel = "URL",
            description = "Address of the site that the VMs go back to; else variable HOLDFAST_HOME_SERVER.",
            defaultValue = "${env:HOLDFAST_HOME_SERVER}")
    String home;

    @Option(
            names = "--home-token-file",
            paramLabel = "FILE",
            description = "Else variable HOLDFAST_HOME_TOKEN_FILE, or the token itself in HOLDFAST_HOME_TOKEN.",
            defaultValue = "${env:HOLDFAST_HOME_TOKEN_FILE}")
    Path homeTokenFile;

    @Option(
            names = "--home-ca-file",
            paramLabel = "FILE",
            description = "Certificates (PEM) of its authority; else variable HOLDFAST_HOME_CA_FILE, or the JDK's.",
            defaultValue = "${env:HOLDFAST_HOME_CA_FILE}")
    Path homeAuthority;

    @Option(
            names = "--away",
            paramLabel = "URL",
            description = "Address of the site where the VMs run now; else variable HOLDFAST_AWAY_SERVER.",
            defaultValue = "${env:HOLDFAST_AWAY_SERVER}")
    String away;

    @Option(
            names = "--away-token-file",
            paramLabel = "FILE",
            description = "Else variable HOLDFAST_AWAY_TOKEN_FILE, or the token itself in HOLDFAST_AWAY_TOKEN.",
            defaultValue = "${env:HOLDFAST_AWAY_TOKEN_FILE}")
    Path awayTokenFile;

    @Option(
            names = "--away-ca-file",
            paramLabel = "FILE",
            description = "Certificates (PEM) of its authority; else variable HOLDFAST_AWAY_CA_FILE, or the JDK's.",
            defaultValue = "${env:HOLDFAST_AWAY_CA_FILE}")
    Path awayAuthority;

    @Option(
            names = "--request-limit",
            paramLabel = "TIME",
            description = "For one request; default ${DEFAULT-VALUE}.",
            defaultValue = "30s")
    String requestLimit;

    Sites sites() {
        Sites sites = new Sites(
                site("home", home, homeTokenFile, homeAuthority), site("away", away, awayTokenFile, awayAuthority));
        if (SiteAddress.parse(home).equals(SiteAddress.parse(away))) {
            throw new CommandFailure(ExitCode.USAGE, "--home and --away are the same site");
        }
        return sites;
    }

    private Site site(String name, String server, Path tokenFile, Path authority) {
        String variables = "HOLDFAST_" + name.toUpperCase(java.util.Locale.ROOT);
        if (server == null || server.isBlank()) {
            throw new CommandFailure(
                    ExitCode.USAGE, "which site is %s? Give --%s, or set %s_SERVER".formatted(name, name, variables));
        }
        return new Site(new SiteAddress(
                SiteAddress.parse(server),
                ConnectionOptions.token(tokenFile, variables + "_TOKEN"),
                Optional.ofNullable(authority),
                Words.duration("--request-limit", requestLimit)));
    }
}
