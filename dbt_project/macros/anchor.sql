{#- The adjustment factor that a rebuilt stretch of the grid continues from: that of the last row
    the change leaves alone, 1 at the start of a ticker. -#}
{% macro anchor_factor() -%}
    {% if is_incremental() %}coalesce(anchor.adj_factor, 1){% else %}1{% endif %}
{%- endmacro %}


{% macro join_anchor() -%}
    {% if is_incremental() -%}
    left join {{ this }} as anchor
        on prices.ticker = anchor.ticker and prices.after_dt = anchor.dt
    {%- endif %}
{%- endmacro %}
