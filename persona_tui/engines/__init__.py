"""What answers: Ollama over HTTP and llama.cpp in this process."""
