// Shows the OpenAPI document with Swagger UI, which its own script has put on the window.
window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  tryItOutEnabled: true,
});
