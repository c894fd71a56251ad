package io.holdfast.chart;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a service reads, taken from its sources and from those of our modules that its pom names: methods of {@code @ConfigMapping}
 * interfaces and of the ones nested in them by {@code Map} or {@code List}, {@code @ConfigProperty} names, and, for settings of Quarkus
 * itself, the extension that reads them.
 *
 * <p>It reads text, not classes, so that the chart's tests need no build of the services. What it cannot read (a mapping nested twice) fails
 * instead of being skipped.
 *
 * @param names every property that our code reads; {@code *} stands for the key of a map or the index of a list
 * @param required those of them without which the service does not start
 * @param extensions artifact ids of all dependencies, our modules' included
 */
record ServiceSettings(Set<String> names, Set<String> required, Set<String> extensions) {
    /** Settings that extensions read, with the extension. */
    private static final Map<String, String> OF_EXTENSIONS = Map.of(
            "quarkus.http.host", "quarkus-rest-jackson",
            "quarkus.http.port", "quarkus-rest-jackson",
            "quarkus.datasource.jdbc.url", "quarkus-jdbc-postgresql",
            "quarkus.datasource.username", "quarkus-jdbc-postgresql",
            "quarkus.datasource.password", "quarkus-jdbc-postgresql",
            "mp.jwt.verify.publickey.location", "quarkus-smallrye-jwt",
            "mp.jwt.verify.issuer", "quarkus-smallrye-jwt",
            "smallrye.config.locations", "quarkus-arc");

    private static final Path SERVICES = Path.of("..", "services");
    private static final Pattern DEPENDENCY = Pattern.compile("<artifactId>([a-z0-9-]+)</artifactId>");
    private static final Pattern MAPPING = Pattern.compile("@ConfigMapping\\(prefix = \"([^\"]+)\"\\)");
    private static final Pattern METHOD = Pattern.compile(
            "((?:@\\w+(?:\\((?:\"[^\"]*\"|[^()])*\\))?\\s+)*)([A-Z]\\w*(?:<[\\w<>, ]+>)?|int|long|boolean)"
                    + "\\s+(\\w+)\\(\\);");
    private static final Pattern NESTED = Pattern.compile("(?ms)^    interface (\\w+) \\{$(.*?)^    \\}$");
    private static final Pattern SEVERAL = Pattern.compile("(Map<String, |List<)(\\w+)>");
    private static final Pattern WITH_NAME = Pattern.compile("@WithName\\(\"([^\"]+)\"\\)");
    private static final Pattern PROPERTY =
            Pattern.compile("@ConfigProperty\\(([^)]*)\\)\\s+(?:final\\s+)?([\\w.]+)", Pattern.DOTALL);
    private static final Pattern PROPERTY_NAME = Pattern.compile("name = \"([^\"]+)\"");

    /** @param service folder below {@code services} */
    static ServiceSettings of(String service) {
        Set<String> extensions = new HashSet<>();
        List<Path> modules = new ArrayList<>();
        collect(SERVICES.resolve(service), modules, extensions);
        Set<String> names = new TreeSet<>();
        Set<String> required = new TreeSet<>();
        for (Path module : modules) {
            for (String source : sources(module)) {
                readMapping(source, names, required);
                readProperties(source, names, required);
            }
        }
        return new ServiceSettings(names, required, extensions);
    }

    /** Whether a variable of the environment reaches a setting that the service reads. */
    boolean reads(String variable) {
        // Quarkus hands everything that begins with kafka. to Kafka's clients.
        if (variable.startsWith("KAFKA_")) {
            return extensions.contains("quarkus-kafka-client");
        }
        return names.stream().anyMatch(name -> variables(name).matcher(variable).matches())
                || OF_EXTENSIONS.entrySet().stream()
                        .anyMatch(known ->
                                variable(known.getKey()).equals(variable) && extensions.contains(known.getValue()));
    }

    /** SmallRye Config's rule: what is neither a letter nor a digit becomes {@code _}, letters become capitals. */
    static String variable(String property) {
        return property.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
    }

    private static Pattern variables(String name) {
        return Pattern.compile(Stream.of(name.split("\\*", -1))
                .map(piece -> Pattern.quote(variable(piece)))
                .collect(Collectors.joining("[A-Z0-9_]+")));
    }

    private static void collect(Path module, List<Path> modules, Set<String> extensions) {
        modules.add(module);
        String own = module.getFileName().toString();
        Matcher dependency = DEPENDENCY.matcher(read(module.resolve("pom.xml")));
        while (dependency.find()) {
            String artifact = dependency.group(1);
            extensions.add(artifact);
            String name = artifact.replaceFirst("^holdfast-", "");
            Path common = SERVICES.resolve("common").resolve(name);
            boolean ours = artifact.startsWith("holdfast-") && !name.equals(own) && !name.equals("testkit");
            if (ours && Files.exists(common) && !modules.contains(common)) {
                collect(common, modules, extensions);
            }
        }
    }

    private static List<String> sources(Path module) {
        Path main = module.resolve(Path.of("src", "main", "java"));
        if (!Files.exists(main)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(main)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .map(ServiceSettings::read)
                    .map(text -> text.replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("(?m)^\\s*//.*$", ""))
                    .collect(Collectors.toList());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static void readMapping(String source, Set<String> names, Set<String> required) {
        Matcher mapping = MAPPING.matcher(source);
        if (!mapping.find()) {
            return;
        }
        String body = source.substring(mapping.end());
        Map<String, String> nested = new HashMap<>();
        Matcher inner = NESTED.matcher(body);
        while (inner.find()) {
            nested.put(inner.group(1), inner.group(2));
        }
        long found = add(mapping.group(1) + ".", inner.replaceAll(""), true, nested, names, required);
        long methods = body.lines().filter(line -> line.endsWith("();")).count();
        if (found != methods || !nested.isEmpty()) {
            throw new IllegalStateException(
                    "the mapping of %s has a form that this reader does not know: %d of %d methods read, nested and not used %s"
                            .formatted(mapping.group(1), found, methods, nested.keySet()));
        }
    }

    /**
     * Adds the settings of an interface and, where they stand, those of the interfaces inside of it, which are taken out of {@code nested}.
     *
     * @param always whether the interface's settings are asked for whatever else is set
     * @return methods read
     */
    private static long add(
            String prefix,
            String body,
            boolean always,
            Map<String, String> nested,
            Set<String> names,
            Set<String> required) {
        long found = 0;
        for (Setting setting : settings(body)) {
            found++;
            String name = prefix + setting.name();
            Matcher several = SEVERAL.matcher(setting.type());
            if (several.matches() && nested.containsKey(several.group(2))) {
                // An empty map or list leaves all of them out, so that none is required.
                String key = several.group(1).startsWith("Map") ? ".*." : "[*].";
                found += add(name + key, nested.remove(several.group(2)), false, nested, names, required);
            } else if (nested.containsKey(setting.type())) {
                found += add(name + ".", nested.remove(setting.type()), always, nested, names, required);
            } else {
                names.add(name);
                if (setting.required() && always) {
                    required.add(name);
                }
            }
        }
        return found;
    }

    private record Setting(String name, String type, boolean required) {}

    private static List<Setting> settings(String body) {
        List<Setting> settings = new ArrayList<>();
        Matcher method = METHOD.matcher(body);
        while (method.find()) {
            Matcher given = WITH_NAME.matcher(method.group(1));
            settings.add(new Setting(
                    given.find() ? given.group(1) : kebab(method.group(3)),
                    method.group(2),
                    !method.group(2).startsWith("Optional") && !method.group(1).contains("@WithDefault")));
        }
        return settings;
    }

    private static void readProperties(String source, Set<String> names, Set<String> required) {
        Matcher property = PROPERTY.matcher(source);
        while (property.find()) {
            Matcher name = PROPERTY_NAME.matcher(property.group(1));
            if (!name.find()) {
                throw new IllegalStateException("a @ConfigProperty without a name: " + property.group());
            }
            names.add(name.group(1));
            boolean optional = property.group(2).startsWith("Optional")
                    || property.group(1).contains("defaultValue");
            if (!optional && name.group(1).startsWith("holdfast.")) {
                required.add(name.group(1));
            }
        }
    }

    private static String kebab(String method) {
        return method.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException missing) {
            throw new UncheckedIOException(missing);
        }
    }
}
