package io.holdfast.localsite.adapter.linux;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Finds out before the start whether every port is free, by opening and closing it. */
public final class PortCheck {
    private PortCheck() {}

    /**
     * @param numbers port number by the name that people know it by
     * @throws HoldfastException {@code LOCAL_SITE_PORT_IN_USE}, naming every taken one
     */
    public static void check(Map<String, Integer> numbers) {
        List<String> taken = new ArrayList<>();
        new TreeMap<>(numbers).forEach((name, number) -> {
            if (!isFree(number)) {
                taken.add("%d (%s)".formatted(number, name));
            }
        });
        if (!taken.isEmpty()) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_PORT_IN_USE,
                    "In use on 127.0.0.1: port %s. Choose others with --base-port, or single ones with --port name=number."
                            .formatted(String.join(", ", taken)));
        }
    }

    private static boolean isFree(int number) {
        try (ServerSocket socket = new ServerSocket(number, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}
