package io.holdfast.localsite.plan;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/** Which number each {@link Port} has in one site. Immutable; all numbers are valid and different. */
public final class PortPlan {
    /** Below the range that Linux gives to outgoing connections (32768 and up), so that none is taken by chance. */
    public static final int DEFAULT_BASE = 18400;

    private static final int LOWEST = 1024;
    private static final int HIGHEST = 65535;

    private final Map<Port, Integer> numbers;

    private PortPlan(Map<Port, Integer> numbers) {
        this.numbers = numbers;
    }

    /**
     * @param base the first of 16 numbers
     * @param overrides numbers that differ from base plus offset
     * @throws HoldfastException {@code LOCAL_SITE_OPTION_INVALID} for a number outside 1024 to 65535,
     *     {@code LOCAL_SITE_PORT_IN_USE} when two ports are given the same one
     */
    public static PortPlan of(int base, Map<Port, Integer> overrides) {
        Map<Port, Integer> numbers = new EnumMap<>(Port.class);
        Map<Integer, Port> owners = new HashMap<>();
        for (Port port : Port.values()) {
            int number = overrides.getOrDefault(port, base + port.offset());
            if (number < LOWEST || number > HIGHEST) {
                throw new HoldfastException(
                        LocalSiteError.LOCAL_SITE_OPTION_INVALID,
                        "Port %d for %s is outside %d to %d.".formatted(number, port, LOWEST, HIGHEST));
            }
            Port other = owners.put(number, port);
            if (other != null) {
                throw new HoldfastException(
                        LocalSiteError.LOCAL_SITE_PORT_IN_USE,
                        "Port %d is given to both %s and %s.".formatted(number, other, port));
            }
            numbers.put(port, number);
        }
        return new PortPlan(numbers);
    }

    public int number(Port port) {
        return numbers.get(port);
    }

    public Map<Port, Integer> all() {
        return Map.copyOf(numbers);
    }
}
