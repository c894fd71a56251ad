package io.holdfast.localsite;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.part.RestartPolicy;
import io.holdfast.localsite.plan.Port;
import io.holdfast.localsite.plan.PortPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How a site is to be started. Immutable; {@link #in} gives a builder.
 *
 * @param directory where the site keeps everything; made when missing
 * @param basePort the first of 16 ports ({@link Port})
 * @param ports single ports that differ
 * @param distribution where the packaged services are; empty for the repository that this runs from
 * @param without parts that are left out
 * @param kafka where the broker runs
 * @param restarts what happens to a part that ends unasked
 * @param parallelStarts how many parts start at once; more than cores + 2 makes every one of them slower
 * @param diskRoots folders whose images the agent may serve; empty for {@code <directory>/disks}
 * @param settings more settings per service, as in its {@code application.properties}; they win over ours
 * @param checkMemory whether too little free memory refuses the start
 */
public record SiteOptions(
        Path directory,
        int basePort,
        Map<Port, Integer> ports,
        Optional<Path> distribution,
        Set<Part> without,
        KafkaMode kafka,
        RestartPolicy restarts,
        int parallelStarts,
        List<Path> diskRoots,
        Map<Part, Map<String, String>> settings,
        boolean checkMemory) {

    /** Where the broker runs. */
    public enum KafkaMode {
        /** Inside the local site's own process. */
        IN_PROCESS,
        /** In a JVM of its own, so that it can be killed. */
        OWN_PROCESS
    }

    public SiteOptions {
        directory = directory.toAbsolutePath().normalize();
        ports = Map.copyOf(ports);
        without = without.isEmpty() ? Set.of() : Set.copyOf(without);
        diskRoots = diskRoots.stream()
                .map(root -> root.toAbsolutePath().normalize())
                .toList();
        Map<Part, Map<String, String>> copied = new EnumMap<>(Part.class);
        settings.forEach((part, values) -> copied.put(part, Map.copyOf(values)));
        settings = Map.copyOf(copied);
        if (parallelStarts < 1) {
            throw invalid("At least one part must start at a time, not %d.".formatted(parallelStarts));
        }
        if (diskRoots.stream().anyMatch(root -> root.toString().contains(","))) {
            throw invalid("A disk root must not have a comma in its path.");
        }
        settings.keySet().stream().filter(part -> !part.isService()).findFirst().ifPresent(part -> {
            throw invalid("Settings can be given to services, and %s is none.".formatted(part));
        });
    }

    private static HoldfastException invalid(String what) {
        return new HoldfastException(LocalSiteError.LOCAL_SITE_OPTION_INVALID, what);
    }

    /** All parts, default ports, restarting parts that end, unless the builder is told otherwise. */
    public static Builder in(Path directory) {
        return new Builder(directory);
    }

    /** The parts that this site has. */
    public Set<Part> parts() {
        Set<Part> parts = EnumSet.allOf(Part.class);
        parts.removeAll(without);
        return parts;
    }

    public List<Part> services() {
        return parts().stream().filter(Part::isService).toList();
    }

    /**
     * @throws HoldfastException when a number is out of range or given twice
     */
    public PortPlan portPlan() {
        return PortPlan.of(basePort, ports);
    }

    /** Collects options; each method replaces or adds and returns the builder. Not thread-safe. */
    public static final class Builder {
        private final Path directory;
        private final Map<Port, Integer> ports = new EnumMap<>(Port.class);
        private final Set<Part> without = EnumSet.noneOf(Part.class);
        private final List<Path> diskRoots = new ArrayList<>();
        private final Map<Part, Map<String, String>> settings = new EnumMap<>(Part.class);
        private int basePort = PortPlan.DEFAULT_BASE;
        private Optional<Path> distribution = Optional.empty();
        private KafkaMode kafka = KafkaMode.IN_PROCESS;
        private RestartPolicy restarts = RestartPolicy.DEFAULT;
        private int parallelStarts = Runtime.getRuntime().availableProcessors() + 2;
        private boolean checkMemory = true;

        private Builder(Path directory) {
            this.directory = directory;
        }

        public Builder basePort(int port) {
            basePort = port;
            return this;
        }

        public Builder port(Port port, int number) {
            ports.put(port, number);
            return this;
        }

        public Builder distribution(Path root) {
            distribution = Optional.of(root);
            return this;
        }

        public Builder without(Part... left) {
            without.addAll(List.of(left));
            return this;
        }

        public Builder kafka(KafkaMode mode) {
            kafka = mode;
            return this;
        }

        public Builder restarts(RestartPolicy policy) {
            restarts = policy;
            return this;
        }

        public Builder parallelStarts(int parallel) {
            parallelStarts = parallel;
            return this;
        }

        public Builder diskRoot(Path root) {
            diskRoots.add(root);
            return this;
        }

        public Builder setting(Part service, String name, String value) {
            settings.computeIfAbsent(service, none -> new LinkedHashMap<>()).put(name, value);
            return this;
        }

        public Builder checkMemory(boolean check) {
            checkMemory = check;
            return this;
        }

        /**
         * @throws HoldfastException {@code LOCAL_SITE_OPTION_INVALID} when an option is out of range
         */
        public SiteOptions build() {
            return new SiteOptions(
                    directory,
                    basePort,
                    ports,
                    distribution,
                    without,
                    kafka,
                    restarts,
                    parallelStarts,
                    diskRoots,
                    settings,
                    checkMemory);
        }
    }
}
