//! What every Lambda function shares. It knows no store and no provider.
