// Shows the OpenAPI document; nothing is asked of any other host, so there is no validator.
const dark = matchMedia("(prefers-color-scheme: dark)");
const dress = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dress();
dark.addEventListener("change", dress);

// The document tells the callers that the service knows more: it is asked for anew with the token that was given.
let token;
const askAnew = (take) => (original, system) => (given) => {
  const done = original(given);
  token = take(given);
  system.specActions.download();
  return done;
};
const known = () => ({
  statePlugins: {
    auth: { wrapActions: { authorize: askAnew((given) => given.bearer?.value), logout: askAnew(() => undefined) } },
  },
});
const bearing = (request) => {
  if (request.loadSpec && token) request.headers.Authorization = `Bearer ${token}`;
  return request;
};

SwaggerUIBundle({
  url: "v1/openapi.json",
  dom_id: "#viewer",
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  plugins: [known],
  requestInterceptor: bearing,
});
