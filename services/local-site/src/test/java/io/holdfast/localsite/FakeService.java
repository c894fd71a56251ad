package io.holdfast.localsite;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Reader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/**
 * Stands in for a packaged service: reads its settings where Quarkus would, uses the database and reaches Kafka as told,
 * and answers health questions. What it cannot do with its settings ends it, with the reason as its last words.
 */
public final class FakeService {
    private FakeService() {}

    public static void main(String[] args) throws Exception {
        Properties settings = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of("config/application.properties"))) {
            settings.load(reader);
        }
        if (settings.containsKey("fake.last-words")) {
            System.out.println(settings.getProperty("fake.last-words"));
            System.exit(9);
        }
        reachKafka(settings.getProperty("kafka.bootstrap.servers"));
        if (settings.containsKey("quarkus.datasource.jdbc.url")) {
            useDatabase(settings);
        }
        serve(settings);
    }

    private static void reachKafka(String address) throws IOException {
        String[] parts = address.split(":");
        new Socket(parts[0], Integer.parseInt(parts[1])).close();
    }

    private static void useDatabase(Properties settings) throws SQLException {
        try (Connection connection = DriverManager.getConnection(
                        settings.getProperty("quarkus.datasource.jdbc.url"),
                        settings.getProperty("quarkus.datasource.username"),
                        settings.getProperty("quarkus.datasource.password"));
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS starts (at timestamptz DEFAULT now())");
            statement.execute("INSERT INTO starts DEFAULT VALUES");
        }
    }

    private static void serve(Properties settings) throws IOException {
        int port = Integer.parseInt(settings.getProperty("quarkus.http.port"));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/", exchange -> {
            byte[] answer = (Path.of("").toAbsolutePath().getFileName() + " "
                            + exchange.getRequestURI() + " "
                            + exchange.getRequestHeaders().getFirst("Authorization"))
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            try (OutputStream body = exchange.getResponseBody()) {
                body.write(answer);
            }
        });
        server.start();
        System.out.println("fake service serves");
    }
}
