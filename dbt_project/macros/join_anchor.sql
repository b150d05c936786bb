{#- The logarithm of the adjustment factor that a rebuilt stretch of the grid continues from: that of
    the last row the change leaves alone, 0 at the start of a ticker. -#}
{% macro anchor_log() -%}
    {% if is_incremental() %}coalesce(anchor.adj_log, 0){% else %}0{% endif %}
{%- endmacro %}


{% macro join_anchor() -%}
    {% if is_incremental() -%}
    left join (
        select ticker, dt, adj_log
        from {{ this }}
        where dt >= (select min(after_dt) from changes)
    ) as anchor
        on prices.ticker = anchor.ticker and prices.after_dt = anchor.dt
    {%- endif %}
{%- endmacro %}
