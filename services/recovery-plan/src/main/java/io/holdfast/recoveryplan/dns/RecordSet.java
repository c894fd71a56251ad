package io.holdfast.recoveryplan.dns;

/**
 * Which record set.
 *
 * @param server by its name in the settings
 * @param name canonical
 */
public record RecordSet(String server, String name, RecordType type) {
    /** For people. */
    public String text() {
        return "%s %s at '%s'".formatted(name, type, server);
    }
}
