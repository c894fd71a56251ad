package io.holdfast.localsite.adapter.quarkus;

import io.holdfast.localsite.adapter.pki.SiteCertificates;
import io.holdfast.localsite.adapter.postgres.PostgresSchemas;
import io.holdfast.localsite.identity.SiteIdentity;
import io.holdfast.localsite.identity.SiteTokens;
import io.holdfast.localsite.identity.TokenIssuer;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.plan.Port;
import io.holdfast.localsite.plan.PortPlan;
import io.holdfast.localsite.plan.SiteDirectory;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What each service is told about this site. Pure: values in, settings out.
 *
 * @param databasePassword of a service's own database user
 * @param router the files of the router's TLS identity
 * @param agent the files of the agent's TLS identity
 * @param control the files of the site's identity towards other sites
 * @param diskRoots folders whose images the agent may serve
 */
public record ServiceSettings(
        SiteIdentity identity,
        PortPlan ports,
        SiteDirectory directory,
        Function<Part, String> databasePassword,
        SiteCertificates.Files router,
        SiteCertificates.Files agent,
        SiteCertificates.Files control,
        List<Path> diskRoots) {

    private static final String LOOPBACK = "127.0.0.1";

    /** The settings of one service, in the order in which they are written. */
    public Map<String, String> of(Part service) {
        Map<String, String> settings = new LinkedHashMap<>();
        common(service, settings);
        if (service.usesDatabase()) {
            database(service, settings);
        }
        SiteTokens.roleOf(service)
                .ifPresent(role -> settings.put(
                        "holdfast.security.service-token-file",
                        directory.serviceToken(service).toString()));
        switch (service) {
            case REPLICATION_ROUTER -> router(settings);
            case JOURNAL_STORE -> journalStore(settings);
            case REPLICATION_AGENT -> agent(settings);
            case RECOVERY_PLAN -> recoveryPlan(settings);
            case INVENTORY -> inventory(settings);
            case PROTECTION_GROUP -> {}
            case KAFKA, POSTGRES -> throw new IllegalArgumentException(service + " is no service of ours");
        }
        return settings;
    }

    private void common(Part service, Map<String, String> settings) {
        settings.put("quarkus.http.host", LOOPBACK);
        settings.put("quarkus.http.port", number(Port.httpOf(service)));
        settings.put("quarkus.banner.enabled", "false");
        settings.put("quarkus.console.color", "false");
        settings.put("holdfast.site.id", identity.site().toString());
        settings.put("kafka.bootstrap.servers", address(Port.KAFKA));
        settings.put(
                "mp.jwt.verify.publickey.location",
                TokenIssuer.publicKey(directory.secrets()).toUri().toString());
        settings.put("mp.jwt.verify.issuer", TokenIssuer.ISSUER);
    }

    private void database(Part service, Map<String, String> settings) {
        settings.put("quarkus.datasource.jdbc.url", PostgresSchemas.jdbcUrl(ports.number(Port.POSTGRES), service));
        settings.put("quarkus.datasource.username", PostgresSchemas.schemaOf(service));
        settings.put("quarkus.datasource.password", databasePassword.apply(service));
    }

    private void inventory(Map<String, String> settings) {
        settings.put("holdfast.pairing.certificate", control.certificate().toString());
        settings.put("holdfast.pairing.key", control.key().toString());
        settings.put("holdfast.pairing.authority", control.trust().toString());
        settings.put("holdfast.pairing.listen-address", LOOPBACK);
        settings.put("holdfast.pairing.listen-port", number(Port.PAIRING));
        settings.put("holdfast.pairing.advertised-address", address(Port.PAIRING));
    }

    private void router(Map<String, String> settings) {
        tls(router, settings);
        settings.put("holdfast.router.listen-port", number(Port.ROUTER_GRPC));
        settings.put("holdfast.router.advertised-address", address(Port.ROUTER_GRPC));
    }

    private void journalStore(Map<String, String> settings) {
        settings.put("holdfast.journal.data-directory", directory.journal().toString());
        settings.put("holdfast.journal.seed-folder", directory.seeds().toString());
        settings.put("holdfast.journal.export-directory", directory.exports().toString());
        settings.put("holdfast.journal.ordinal", "0");
        settings.put("holdfast.journal.nbd-port", number(Port.JOURNAL_NBD));
        settings.put("holdfast.journal.nbd-bind-address", LOOPBACK);
        settings.put("holdfast.journal.advertised-nbd-address", address(Port.JOURNAL_NBD));
        settings.put("holdfast.journal.advertised-rest-address", "http://" + address(Port.JOURNAL_STORE_HTTP));
    }

    private void agent(Map<String, String> settings) {
        tls(agent, settings);
        settings.put("holdfast.agent.id", identity.agent().toString());
        settings.put("holdfast.agent.host-id", identity.host().toString());
        settings.put("holdfast.agent.routers", "localhost:" + number(Port.ROUTER_GRPC));
        settings.put("holdfast.agent.state-directory", directory.agent().toString());
        settings.put("holdfast.agent.nbd-port", number(Port.AGENT_NBD));
        settings.put("holdfast.agent.nbd-bind-address", LOOPBACK);
        settings.put(
                "holdfast.agent.disk-roots",
                diskRoots.stream().map(Path::toString).collect(Collectors.joining(",")));
        // Two sites of one machine must not meet there. Short: a socket's address has 107 bytes at most.
        settings.put(
                "holdfast.agent.socket-directory",
                "/run/holdfast/" + identity.agent().toString().substring(0, 8));
        // A site to try things out runs inside other machines, too, whose KVM may be offered and not work: slow is
        // better.
        settings.put("holdfast.agent.machines.accelerator", "tcg");
        // A site that has been stopped leaves no process.
        settings.put("holdfast.agent.machines.end-with-agent", "true");
        settings.put(
                "holdfast.agent.machines.boot-roots",
                diskRoots.stream().map(Path::toString).collect(Collectors.joining(",")));
    }

    private void recoveryPlan(Map<String, String> settings) {
        settings.put("holdfast.recovery-plan.journal-store-url", "http://" + address(Port.JOURNAL_STORE_HTTP));
        settings.put("holdfast.recovery-plan.protection-group-url", "http://" + address(Port.PROTECTION_GROUP_HTTP));
    }

    private static void tls(SiteCertificates.Files files, Map<String, String> settings) {
        settings.put("holdfast.tls.certificate", files.certificate().toString());
        settings.put("holdfast.tls.key", files.key().toString());
        settings.put("holdfast.tls.trust", files.trust().toString());
    }

    private String address(Port port) {
        return LOOPBACK + ":" + ports.number(port);
    }

    private String number(Port port) {
        return Integer.toString(ports.number(port));
    }

    /**
     * The text of a {@code .properties} file. Backslashes, colons and blanks at the start are escaped as
     * {@link java.util.Properties} reads them, and {@code ${} as SmallRye Config does, which would expand it.
     */
    public static String toProperties(Map<String, String> settings) {
        StringBuilder text = new StringBuilder("# Written by local-site at each start; changes here are lost.\n");
        settings.forEach((name, value) -> text.append(escape(name, true))
                .append('=')
                .append(escape(value.replace("${", "\\${"), false))
                .append('\n'));
        return text.toString();
    }

    private static String escape(String text, boolean isName) {
        StringBuilder escaped = new StringBuilder();
        for (int index = 0; index < text.length(); index++) {
            char character = text.charAt(index);
            switch (character) {
                case '\\' -> escaped.append("\\\\");
                case '\n' -> escaped.append("\\n");
                case '\r' -> escaped.append("\\r");
                case '\t' -> escaped.append("\\t");
                case '=', ':', '#', '!' -> escaped.append(isName ? "\\" : "").append(character);
                case ' ' -> escaped.append(isName || index == 0 ? "\\ " : " ");
                default -> {
                    if (character < 0x20 || character > 0x7e) {
                        escaped.append("\\u%04x".formatted((int) character));
                    } else {
                        escaped.append(character);
                    }
                }
            }
        }
        return escaped.toString();
    }
}
