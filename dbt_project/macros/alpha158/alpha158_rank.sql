{#- Average rank of today's close in its window, as a share of the window's closes. -#}
{% macro alpha158_rank(days) %}
    close_rank_{{ days }}
{% endmacro %}
