package io.holdfast.testkit;

import java.util.function.UnaryOperator;

/**
 * Reaches fixtures that exist once per test JVM, from whatever class loader a test runs in.
 *
 * <p>Quarkus loads tests and their dependencies anew for every application it starts, so a static field is not shared
 * between test classes, and a broker whose classes belong to one application dies with that application's class loader.
 * Fixtures therefore live in the system class loader and are spoken to with JDK types only: a command word in, text out.
 */
public final class SharedInJvm {
    private SharedInJvm() {}

    /**
     * Calls the public static no-argument factory of a fixture in the system class loader.
     *
     * @param factory name of a static method that returns {@code UnaryOperator<String>}
     * @throws IllegalStateException when the fixture cannot be started; the cause says why
     */
    public static UnaryOperator<String> reach(String className, String factory) {
        return withSystemLoader(() -> {
            Object made = Class.forName(className, true, ClassLoader.getSystemClassLoader())
                    .getMethod(factory)
                    .invoke(null);
            if (made instanceof UnaryOperator<?> operator) {
                return text -> (String) apply(operator, text);
            }
            throw new IllegalStateException(className + "." + factory + " returned " + made);
        });
    }

    @SuppressWarnings("unchecked")
    private static Object apply(UnaryOperator<?> operator, String text) {
        return withSystemLoader(() -> ((UnaryOperator<String>) operator).apply(text));
    }

    /** Something that may fail in a checked way. */
    interface Call<T> {
        T call() throws Exception;
    }

    private static <T> T withSystemLoader(Call<T> call) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
        try {
            return call.call();
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Exception failure) {
            throw new IllegalStateException("the shared test fixture failed: " + failure, failure);
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
