package io.holdfast.localsite.adapter.postgres;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import io.holdfast.localsite.adapter.linux.ChildLauncher;
import io.holdfast.localsite.adapter.linux.ChildLauncher.Command;
import io.holdfast.localsite.adapter.linux.ChildLauncher.WhenParentDies;
import io.holdfast.localsite.adapter.linux.ChildPart;
import io.holdfast.localsite.adapter.linux.RotatingLog;
import io.holdfast.localsite.identity.PrivateFiles;
import io.holdfast.localsite.identity.Secrets;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.part.PartRunner;
import io.holdfast.localsite.part.RunningPart;
import io.holdfast.localsite.plan.SiteDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** PostgreSQL as a child process on a data directory that is kept; ready when every service's schema is there. */
public final class PostgresRunner implements PartRunner {
    private final SiteDirectory directory;
    private final int port;
    private final Secrets secrets;
    private final Collection<Part> services;
    private final PostgresSchemas schemas;

    /**
     * @param services the services that get a schema and a user
     */
    public PostgresRunner(SiteDirectory directory, int port, Secrets secrets, Collection<Part> services) {
        this.directory = directory;
        this.port = port;
        this.secrets = secrets;
        this.services = List.copyOf(services);
        this.schemas = new PostgresSchemas(port, secrets);
    }

    @Override
    public Part part() {
        return Part.POSTGRES;
    }

    @Override
    public RunningPart launch() {
        RotatingLog log = new RotatingLog(directory.log(Part.POSTGRES), RotatingLog.DEFAULT_LIMIT_BYTES);
        try {
            PostgresUser user = PostgresUser.choose();
            Path home = PostgresBinaries.unpacked(cache(user));
            Path data = directory.postgres().resolve("data");
            PostgresOrphans.clear(data);
            if (!Files.exists(data.resolve("PG_VERSION"))) {
                initialise(home, data, user, log);
            }
            user.own(data);
            Process process = ChildLauncher.launch(command(user, serverCommand(home, data)));
            return new ChildPart(process, log, new ReadyOnceSchemasExist(log), () -> stopFast(home, data, user));
        } catch (RuntimeException failed) {
            log.close();
            throw failed;
        }
    }

    /** Ready for the services, which is more than taking connections. Called by one thread at a time while starting. */
    private final class ReadyOnceSchemasExist implements BooleanSupplier {
        private final RotatingLog log;
        private volatile boolean ensured;

        ReadyOnceSchemasExist(RotatingLog log) {
            this.log = log;
        }

        @Override
        public boolean getAsBoolean() {
            if (!schemas.answers()) {
                return false;
            }
            if (!ensured) {
                try {
                    schemas.ensure(services);
                } catch (SQLException refused) {
                    // Tried again until the start limit; the error then shows this line.
                    log.line("local-site: the schemas could not be made: " + refused.getMessage());
                    return false;
                }
                ensured = true;
            }
            return true;
        }
    }

    private Path cache(PostgresUser user) {
        String userCache = System.getenv()
                .getOrDefault(
                        "XDG_CACHE_HOME",
                        Path.of(System.getProperty("user.home"), ".cache").toString());
        Path shared = Path.of(userCache);
        // The account nobody cannot look into a home; what it runs lies beside what it owns.
        boolean usable = user != PostgresUser.NOBODY && Files.isWritable(shared.getParent());
        return usable ? shared.resolve("holdfast") : directory.postgres().resolve("programs");
    }

    /** Into a directory beside the final one: a first start that is cut off never looks complete. */
    private void initialise(Path home, Path data, PostgresUser user, RotatingLog log) {
        Path fresh = data.resolveSibling("data.new");
        Path passwordFile = data.resolveSibling("superuser.new");
        try {
            Files.createDirectories(fresh);
            try (Stream<Path> left = Files.walk(fresh)) {
                for (Path old : left.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(old);
                }
            }
            Files.createDirectory(
                    fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            PrivateFiles.write(passwordFile, PostgresSchemas.superuserPassword(secrets) + "\n");
            user.own(fresh);
            user.own(passwordFile);
            int exitCode = ChildLauncher.runToEnd(
                    command(
                            user,
                            List.of(
                                    home.resolve("bin/initdb").toString(),
                                    "--pgdata=" + fresh,
                                    "--username=" + PostgresSchemas.SUPERUSER,
                                    "--pwfile=" + passwordFile,
                                    "--auth=scram-sha-256",
                                    "--encoding=UTF8",
                                    "--locale=C")),
                    log);
            if (exitCode != 0) {
                throw new HoldfastException(
                        LocalSiteError.LOCAL_SITE_PART_FAILED,
                        "PostgreSQL could not make its data directory (initdb ended with %d):%n    %s"
                                .formatted(exitCode, String.join(System.lineSeparator() + "    ", log.newestLines())));
            }
            Files.move(fresh, data, StandardCopyOption.ATOMIC_MOVE);
            Files.delete(passwordFile);
        } catch (IOException failed) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_DIRECTORY_UNUSABLE,
                    "The database's directory %s cannot be made: %s.".formatted(data, failed.getMessage()),
                    failed);
        }
    }

    /** Durable as in production, with memory and processes for a small machine. */
    private List<String> serverCommand(Path home, Path data) {
        List<String> command =
                new ArrayList<>(List.of(home.resolve("bin/postgres").toString(), "-D", data.toString()));
        Map.ofEntries(
                        Map.entry("listen_addresses", "127.0.0.1"),
                        Map.entry("port", Integer.toString(port)),
                        Map.entry("unix_socket_directories", ""),
                        Map.entry("max_connections", "70"),
                        Map.entry("shared_buffers", "48MB"),
                        Map.entry("min_wal_size", "32MB"),
                        Map.entry("max_wal_size", "256MB"),
                        Map.entry("max_worker_processes", "2"),
                        Map.entry("autovacuum_max_workers", "1"),
                        Map.entry("jit", "off"),
                        Map.entry("timezone", "UTC"),
                        Map.entry("log_timezone", "UTC"),
                        Map.entry("log_line_prefix", "%m [%p] %u "),
                        // /dev/shm is tiny in many containers.
                        Map.entry("dynamic_shared_memory_type", "mmap"))
                .forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
        return command;
    }

    /** Fast shutdown: SIGTERM would wait for every client to leave, and the JDK cannot send SIGINT. */
    private void stopFast(Path home, Path data, PostgresUser user) {
        ChildLauncher.launch(command(
                user,
                List.of(
                        home.resolve("bin/pg_ctl").toString(),
                        "--pgdata=" + data,
                        "--mode=fast",
                        "--no-wait",
                        "stop")));
    }

    private Command command(PostgresUser user, List<String> command) {
        return new Command(user.wrapper(), command, directory.postgres(), Map.of(), WhenParentDies.INT);
    }
}
