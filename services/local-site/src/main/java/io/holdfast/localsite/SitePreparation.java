package io.holdfast.localsite;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.SiteOptions.KafkaMode;
import io.holdfast.localsite.adapter.kafka.InProcessKafka;
import io.holdfast.localsite.adapter.kafka.OwnProcessKafka;
import io.holdfast.localsite.adapter.pki.SiteCertificates;
import io.holdfast.localsite.adapter.postgres.PostgresRunner;
import io.holdfast.localsite.adapter.postgres.PostgresSchemas;
import io.holdfast.localsite.adapter.quarkus.ServiceRunner;
import io.holdfast.localsite.adapter.quarkus.ServiceSettings;
import io.holdfast.localsite.identity.PrivateFiles;
import io.holdfast.localsite.identity.Secrets;
import io.holdfast.localsite.identity.SiteIdentity;
import io.holdfast.localsite.identity.SiteTokens;
import io.holdfast.localsite.identity.TokenIssuer;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.part.PartRunner;
import io.holdfast.localsite.plan.Port;
import io.holdfast.localsite.plan.PortPlan;
import io.holdfast.localsite.plan.SiteDirectory;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes the files that a site's parts are started with, and the runners that start them. Nothing runs yet. */
final class SitePreparation {
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(2);

    private SitePreparation() {}

    /** What the running site goes on using. */
    record Prepared(
            SiteIdentity identity,
            Secrets secrets,
            TokenIssuer issuer,
            SiteTokens tokens,
            SiteCertificates certificates,
            HttpClient client) {}

    static Prepared prepare(SiteOptions options, PortPlan ports, SiteDirectory directory) {
        InstantSource clock = InstantSource.system();
        SiteIdentity identity = SiteIdentity.ensure(directory.identity());
        Secrets secrets = new Secrets(directory.secrets());
        TokenIssuer issuer = TokenIssuer.ensure(directory.secrets(), clock);
        SiteTokens tokens = new SiteTokens(directory, issuer, options.services());
        tokens.refresh();
        SiteCertificates certificates = new SiteCertificates(directory.tls(), identity.site(), clock);
        List<Path> diskRoots = options.diskRoots().isEmpty() ? List.of(directory.disks()) : options.diskRoots();
        makeDirectories(options, directory, diskRoots);
        ServiceSettings settings = new ServiceSettings(
                identity,
                ports,
                directory,
                service -> PostgresSchemas.passwordOf(secrets, service),
                certificates.router(),
                certificates.agent(identity.agent()),
                certificates.control(),
                diskRoots);
        for (Part service : options.services()) {
            Map<String, String> all = new LinkedHashMap<>(settings.of(service));
            all.putAll(options.settings().getOrDefault(service, Map.of()));
            PrivateFiles.directory(directory.settings(service).getParent());
            PrivateFiles.write(directory.settings(service), ServiceSettings.toProperties(all));
        }
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_LIMIT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        return new Prepared(identity, secrets, issuer, tokens, certificates, client);
    }

    private static void makeDirectories(SiteOptions options, SiteDirectory directory, List<Path> diskRoots) {
        List<Path> wanted = new ArrayList<>(diskRoots);
        wanted.addAll(List.of(
                directory.kafka(), directory.postgres(), directory.journal(), directory.agent(), directory.seeds()));
        options.services().forEach(service -> wanted.add(directory.work(service)));
        for (Path folder : wanted) {
            try {
                Files.createDirectories(folder);
            } catch (IOException failed) {
                throw new HoldfastException(
                        LocalSiteError.LOCAL_SITE_DIRECTORY_UNUSABLE,
                        "The directory %s cannot be created: %s.".formatted(folder, failed.getMessage()),
                        failed);
            }
        }
    }

    static List<PartRunner> runners(SiteOptions options, PortPlan ports, SiteDirectory directory, Prepared prepared) {
        List<PartRunner> runners = new ArrayList<>();
        for (Part part : options.parts()) {
            runners.add(
                    switch (part) {
                        case KAFKA -> kafka(options, ports, directory);
                        case POSTGRES ->
                            new PostgresRunner(
                                    directory,
                                    ports.number(Port.POSTGRES),
                                    prepared.secrets(),
                                    Part.services().stream()
                                            .filter(Part::usesDatabase)
                                            .toList());
                        case INVENTORY,
                                PROTECTION_GROUP,
                                RECOVERY_PLAN,
                                JOURNAL_STORE,
                                REPLICATION_ROUTER,
                                REPLICATION_AGENT -> serviceRunner(part, options, ports, directory, prepared);
                    });
        }
        return runners;
    }

    private static PartRunner kafka(SiteOptions options, PortPlan ports, SiteDirectory directory) {
        int port = ports.number(Port.KAFKA);
        int controllerPort = ports.number(Port.KAFKA_CONTROLLER);
        return options.kafka() == KafkaMode.IN_PROCESS
                ? new InProcessKafka(directory, port, controllerPort)
                : new OwnProcessKafka(directory, port, controllerPort);
    }

    static ServiceRunner serviceRunner(
            Part service, SiteOptions options, PortPlan ports, SiteDirectory directory, Prepared prepared) {
        return new ServiceRunner(
                service,
                directory,
                Preflight.distribution(options).jar(service),
                ports.number(Port.httpOf(service)),
                prepared.client());
    }
}
